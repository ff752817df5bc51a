"""What pages are sent: texts from format.py, lengths of bars, points of charts."""
