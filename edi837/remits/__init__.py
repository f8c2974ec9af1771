"""835 remittances: bytes in, `ClaimPayment` values, totals of transaction sets and diagnostics out.

A unit is one claim payment: CLP with its services, up to the next CLP. What stands above the claims (payment, payer,
trace number) and behind them (PLB) belongs to the transaction set and is carried from region to region.
"""
