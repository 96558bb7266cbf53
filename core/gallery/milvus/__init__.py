"""Milvus as the engine of a gallery: the address, the collections, filling them and searching them."""
