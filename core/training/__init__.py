"""Training of the models. Nothing here is loaded to serve.

`schedule` says what every model is trained on, by which losses, how long and how fast; `data` makes the
training set; `finder` trains the garment finder; `losses` and `training_loop` train a stage; `stages` a
model; `teacher` is what the models are distilled from; `calibration` and `model_export` finish a model;
`train` runs it all, and `run` has what a run is told, keeps and goes on from.
"""
