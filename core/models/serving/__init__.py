"""What answers a search or a class without TensorFlow: the networks as ONNX graphs over the kept weights."""
