"""What picture files have beside their pixels, or lack: colour profiles, metadata, an end."""
