"""Family D: drug codes and NDCs."""
