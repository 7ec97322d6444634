"""Claims: each is a sentence with a function of the results that decides it.

A new claim is a function under `@Claim(...).decided_by` in a module of `report.claims`.
"""

from vae_report.claims.claim import Claim, Decision, Effect, claims, decide

__all__ = ["Claim", "Decision", "Effect", "claims", "decide"]
