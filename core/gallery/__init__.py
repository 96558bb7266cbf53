"""The indexed side of a search: the protocol of a gallery, its engine in this process, stored catalogues."""
