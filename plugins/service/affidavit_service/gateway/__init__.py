"""An HTTP request as gateways pass it on: routes, the events of formats 1.0 and 2.0, answers."""
