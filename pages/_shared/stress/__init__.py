"""The parts of the Stress lab: altered pictures, and how each method's hits hold."""
