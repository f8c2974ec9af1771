"""Family G: place of service, authorization and channel."""
