"""Nearest neighbours: distances between all points of two sets, computed in chunks."""

from collections.abc import Iterator

import torch
from torch import Tensor

_DISTANCES = 1_000_000
"""The number of distances in a chunk, small enough that they stay in the processor's caches."""

_COLUMNS = 1000
_MEMBERS = 20


def nearest(points: Tensor, others: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Find the nearest neighbours of points among others.

    Args:
        points: The points, (N, F).
        others: The points among which neighbours are sought, (M, F); M is at least `count`.
        count: The number k of neighbours.

    Returns:
        The squared distances (N, k), in ascending order, and the neighbours' indices (N, k).
    """
    # The k nearest lie in the k groups whose nearest members are nearest, so few are sorted.
    groups = max(count, -(-len(others) // _MEMBERS))
    left, right = _factors(points, others, torch.zeros(len(others)).to(others))
    absent = right.new_zeros(len(right), -len(others) % groups)
    absent[-2] = torch.inf
    right = torch.cat([right, absent], dim=1)

    def look(part: Tensor) -> tuple[Tensor, Tensor]:
        distances = (part @ right).view(len(part), -1, groups)
        members = distances.shape[1]
        near = distances.amin(dim=1).topk(count, dim=1, largest=False).indices
        candidates = distances.gather(2, near[:, None].expand(-1, members, -1)).flatten(1)
        found, places = candidates.topk(count, dim=1, largest=False)
        return found, places // count * groups + near.gather(1, places % count)

    rows = max(1, _DISTANCES // right.shape[1])
    squares, indices = zip(*map(look, left.split(rows)), strict=True)
    return torch.cat(squares).clamp_(min=0), torch.cat(indices)


def reached(points: Tensor, others: Tensor, radii: Tensor) -> tuple[int, Tensor, Tensor]:
    """Find which points lie in the neighbourhoods of others.

    Args:
        points: The points, (N, F).
        others: The centres of the neighbourhoods, (M, F).
        radii: The radii of the neighbourhoods, (M,).

    Returns:
        The number of pairs of a point and a neighbourhood that it lies in; whether each point lies
        in any neighbourhood (N,); whether any point lies in each neighbourhood (M,).
    """
    left, right = _factors(points, others, radii.square())
    pairs = 0
    nearest_to_point = torch.full_like(left[:, 0], torch.inf)
    nearest_to_other = torch.full_like(right[0], torch.inf)
    for columns in torch.arange(len(others), device=right.device).split(_COLUMNS):
        part = right[:, columns]
        best = nearest_to_other[columns[0] : columns[-1] + 1]
        for chunk, closest in _chunks_of_both(left, nearest_to_point, _DISTANCES // 4 // _COLUMNS):
            excess = chunk @ part
            pairs += int(torch.count_nonzero(excess <= 0))
            torch.minimum(closest, excess.amin(dim=1), out=closest)
            torch.minimum(best, excess.amin(dim=0), out=best)
    return pairs, nearest_to_point <= 0, nearest_to_other <= 0


def _chunks_of_both(left: Tensor, right: Tensor, rows: int) -> Iterator[tuple[Tensor, Tensor]]:
    return zip(left.split(rows), right.split(rows), strict=True)


def _factors(points: Tensor, others: Tensor, less: Tensor) -> tuple[Tensor, Tensor]:
    """Return (N, F + 2) and (F + 2, M) whose product is the squared distances less (M,) values.

    Points are centred so that their products lose fewer digits when they are subtracted.
    """
    centre = others.mean(dim=0)
    points, others = points - centre, others - centre
    squares, other_squares = (each.square().sum(dim=1) for each in (points, others))
    left = torch.column_stack([points, torch.ones_like(squares), squares])
    right = torch.column_stack([-2 * others, other_squares - less, torch.ones_like(less)])
    return left, right.T.contiguous()
