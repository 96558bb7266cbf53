"""Catalogues as they come: tables, folders of pictures, splits."""
