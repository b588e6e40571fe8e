"""Walk through what is redacted: objects, lists, texts and the keys between them."""
