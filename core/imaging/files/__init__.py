"""What picture files have beside their pixels, or lack: colour profiles, code points, metadata, an end."""
