"""The box calls itself once a day, over each line to each other line, and so proves that calls get in and out.

`plan.py` says when and which (pure); `trial.py` is one such call; `result.py` what came of it, in words; `prover.py`
puts them together. The register keeps each result as an event (`box.proof`), never as a call.
"""
