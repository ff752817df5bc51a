"""What outlives the process: rows and files. The only floor that knows there is a database."""
