"""Why a picture got its class, and a hit its score."""
