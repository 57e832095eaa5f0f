"""What the S3 shelf is made of: its client, its refusals in words, and files sent in parts."""
