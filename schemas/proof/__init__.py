"""Whether one schema takes in another: proofs by the normal form, counterexamples by search."""
