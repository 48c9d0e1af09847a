"""What is remembered: events are appended, calls and tickets are folds of them, reports read them."""
