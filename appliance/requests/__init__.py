"""What the page and the command line may ask of a running exchange, one module a topic.

Each module gives `handlers(context)`; `exchange.py` joins them. They do it through `context.Context` and own nothing.
"""
