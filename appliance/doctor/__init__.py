"""`dyzurka doctor`: what is plugged in, what works, what to do about the rest.

`probe.py` and its neighbours look at the machine and make `facts.py`'s Facts; `findings.py` judges them, without
looking at anything; `words.py` says it. Nothing is changed on the machine.
"""
