# Nothing is made here. The root takes functions as they are said, so that it can refuse a key that
# it does not know; a type of its own would leave that out without a word.
