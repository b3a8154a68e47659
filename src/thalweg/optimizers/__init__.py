"""Update rules: init(params), update(gradient, state, params); updates are signed and added."""
