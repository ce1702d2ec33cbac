"""How good a reading is: is the right feeling found (F1), and is a probability worth its name (Brier score, calibration error)?

All take probabilities float32 (n, labels) and what was seen, bool (n, labels).
"""

import numpy as np

THRESHOLDS = np.linspace(0.02, 0.9, 89)
SMOOTHED, SPREAD = 8, 2.0  # thresholds on either side, and the standard deviation among them
BINS = 15


def f1_scores(probabilities: np.ndarray, seen: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """F1 of each label, when what lies above its threshold counts as found."""
    found = probabilities > thresholds
    both = (found & seen).sum(axis=0)
    scores: np.ndarray = 2 * both / np.maximum(found.sum(axis=0) + seen.sum(axis=0), 1)
    return scores


def best_thresholds(probabilities: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """For each label the threshold with the highest F1; the lowest of equals. Its F1 on the same rows flatters.

    The F1 of neighbouring thresholds is smoothed before, so that a label with few comments does not get a lucky peak.
    """
    scores = np.stack([f1_scores(probabilities, seen, np.full(seen.shape[1], one)) for one in THRESHOLDS])
    steps = np.arange(-SMOOTHED, SMOOTHED + 1)
    weights = np.exp(-0.5 * (steps / SPREAD) ** 2)
    edged = np.pad(scores, ((SMOOTHED, SMOOTHED), (0, 0)), mode="edge")
    smooth = np.stack([np.convolve(column, weights / weights.sum(), "valid") for column in edged.T], axis=1)
    best: np.ndarray = THRESHOLDS[smooth.argmax(axis=0)]
    return best


def brier_score(probabilities: np.ndarray, seen: np.ndarray) -> float:
    """Mean squared distance of the probabilities from what was seen, over all rows and labels; 0 is perfect."""
    return float(np.mean((probabilities - seen) ** 2))


def calibration_error(probabilities: np.ndarray, seen: np.ndarray) -> float:
    """Expected calibration error: the mean distance of a probability from how often it comes true, in 15 equal bins."""
    bins = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    gaps = [abs(probabilities[bins == one].sum() - seen[bins == one].sum()) for one in range(BINS)]
    return float(sum(gaps) / probabilities.size)
