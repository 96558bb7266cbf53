"""What a run keeps, and what it leaves to others."""

from core.training.run import kept


def test_a_run_of_other_models_leaves_what_a_stopped_training_of_the_finder_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    state = tmp_path / ".training" / "finder-self-training" / "state.json"
    state.parent.mkdir(parents=True)
    state.write_text("{}")
    kept.clear_finished(())
    assert state.exists()
    kept.clear_finder()
    assert not state.parent.exists()
