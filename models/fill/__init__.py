"""Does a resting order fill, when, and at whose expense?"""
