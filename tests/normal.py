"""Read models without what depends on the order of arrival: positions and times of recording."""

from typing import Any

from schemas.views import ReadModels


ARRIVAL = frozenset({"position", "as_known_on", "recorded_at"})


def without_arrival(models: ReadModels | Any) -> Any:
    """Give read models as plain JSON values, positions and times left out."""
    if isinstance(models, ReadModels):
        models = models.model_dump(mode="json")
    if isinstance(models, dict):
        return {
            name: without_arrival(value) for name, value in models.items() if name not in ARRIVAL
        }
    if isinstance(models, list):
        return [without_arrival(value) for value in models]
    return models
