"""Who she is: the blueprint, its files, and the library that holds them."""
