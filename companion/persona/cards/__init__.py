"""Character cards of other programs, read and written without losing a byte: V1, V2, V3, in PNG, JSON, CHARX and images."""
