"""The figures of a model by the libraries that people would compute them with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn import metrics as sk

Figure = tuple[Mapping[str, Any], float]


def binary(
    truth: np.ndarray, scores: np.ndarray, threshold: float = 0.5, *, probability: bool = True
) -> list[Figure]:
    """Of labels 0 and 1, and the score of 1."""
    decided = (scores >= threshold).astype(int)
    found: dict[str, float] = {
        "roc_auc": sk.roc_auc_score(truth, scores),
        "pr_auc": sk.average_precision_score(truth, scores),
        "accuracy": sk.accuracy_score(truth, decided),
        "precision": sk.precision_score(truth, decided, zero_division=0),
        "recall": sk.recall_score(truth, decided),
        "specificity": sk.recall_score(truth, decided, pos_label=0),
        "f1": sk.f1_score(truth, decided),
        "mcc": sk.matthews_corrcoef(truth, decided),
    }
    if probability:
        found["log_loss"] = sk.log_loss(truth, scores)
        found["brier"] = sk.brier_score_loss(truth, scores)
    return [({"metric": name}, float(value)) for name, value in found.items()]


def multiclass(truth: np.ndarray, scores: np.ndarray, k: int = 2) -> list[Figure]:
    """Of the classes' numbers, and a probability for each; a tie counts against the true class in top k."""
    decided = scores.argmax(axis=1)
    labels = np.arange(scores.shape[1])
    lowered = scores - 1e-9 * (labels == truth[:, None])
    found: list[Figure] = [
        ({"metric": "accuracy"}, sk.accuracy_score(truth, decided)),
        ({"metric": "log_loss"}, sk.log_loss(truth, scores, labels=labels)),
        ({"metric": "mcc"}, sk.matthews_corrcoef(truth, decided)),
        ({"metric": "roc_auc_ovr"}, sk.roc_auc_score(truth, scores, multi_class="ovr", labels=labels)),
        (
            {"metric": "roc_auc_ovr", "average": "weighted"},
            sk.roc_auc_score(truth, scores, multi_class="ovr", average="weighted", labels=labels),
        ),
        ({"metric": "top_k_accuracy", "k": k}, sk.top_k_accuracy_score(truth, lowered, k=k, labels=labels)),
    ]
    for average in ("macro", "weighted"):
        each = {"f1": sk.f1_score, "precision": sk.precision_score, "recall": sk.recall_score}
        found += [
            ({"metric": name, "average": average}, one(truth, decided, average=average, zero_division=0))
            for name, one in each.items()
        ]
    return [(rule, float(value)) for rule, value in found]


def multilabel(truth: np.ndarray, scores: np.ndarray, threshold: float = 0.5) -> list[Figure]:
    """Of several yes or no a row."""
    decided = (scores >= threshold).astype(int)
    found: list[Figure] = [
        ({"metric": "hamming_loss"}, sk.hamming_loss(truth, decided)),
        ({"metric": "subset_accuracy"}, sk.accuracy_score(truth, decided)),
    ]
    for average in ("macro", "micro"):
        each = {"f1": sk.f1_score, "precision": sk.precision_score, "recall": sk.recall_score}
        found += [
            ({"metric": name, "average": average}, one(truth, decided, average=average))
            for name, one in each.items()
        ]
    return [(rule, float(value)) for rule, value in found]


def regression(
    truth: np.ndarray, said: np.ndarray, quantile: float = 0.5, *, mape: bool = False
) -> list[Figure]:
    """Of one quantity a row, or of several."""
    found: list[Figure] = [
        ({"metric": "mae"}, sk.mean_absolute_error(truth, said)),
        ({"metric": "rmse"}, float(np.sqrt(np.mean((truth - said) ** 2)))),
        ({"metric": "r2"}, sk.r2_score(truth, said)),
        ({"metric": "bias"}, float(np.mean(said - truth))),
        ({"metric": "pinball", "quantile": quantile}, sk.mean_pinball_loss(truth, said, alpha=quantile)),
    ]
    if mape:
        found.append(({"metric": "mape"}, sk.mean_absolute_percentage_error(truth, said)))
    return [(rule, float(value)) for rule, value in found]


def ranking(relevance: np.ndarray, scores: np.ndarray, groups: np.ndarray, k: int = 5) -> list[Figure]:
    """Of rows that belong to queries; one without a relevant row is left out, as trec_eval does."""
    queries = [one for one in _queries(relevance, scores, groups) if (one[0] > 0).any()]
    gains = [sk.ndcg_score([r], [s], k=k) for r, s in queries]
    ordered = [r[np.argsort(-s, kind="stable")] > 0 for r, s in queries]
    places = [np.flatnonzero(row) for row in ordered]
    reciprocal = [1 / (1 + found[0]) for found in places]
    hits = [bool((found < k).any()) for found in places]
    every = [sk.label_ranking_average_precision_score([r > 0], [s]) for r, s in queries]
    longest = max(len(r) for r, _ in queries)
    found: list[Figure] = [
        ({"metric": "ndcg"}, float(np.mean([sk.ndcg_score([r], [s], k=10) for r, s in queries]))),
        ({"metric": "ndcg", "k": k}, float(np.mean(gains))),
        ({"metric": "mrr"}, float(np.mean(reciprocal))),
        ({"metric": "hit_rate", "k": k}, float(np.mean(hits))),
        ({"metric": "map", "k": longest}, float(np.mean(every))),
    ]
    return found


def _queries(*columns: np.ndarray) -> Iterator[Sequence[np.ndarray]]:
    """The first columns' rows, query by query of the last one."""
    groups = columns[-1]
    for group in dict.fromkeys(groups.tolist()):
        rows = groups == group
        yield [column[rows] for column in columns[:-1]]


def retrieval(labels: np.ndarray, embeddings: np.ndarray, roles: np.ndarray, k: int = 5) -> list[Figure]:
    """The share of queries with a row of their own label among the k nearest of the gallery."""
    from sklearn.neighbors import NearestNeighbors

    gallery = roles == "gallery"
    nearest = NearestNeighbors(n_neighbors=k, metric="cosine", algorithm="brute").fit(embeddings[gallery])
    found = labels[gallery][nearest.kneighbors(embeddings[~gallery], return_distance=False)]
    hit = (found == labels[~gallery][:, None]).any(axis=1)
    return [({"metric": "recall_at_k", "k": k}, float(hit.mean()))]


def tagging(names: Sequence[str], truth: Sequence[np.ndarray], said: Sequence[np.ndarray]) -> list[Figure]:
    """Of the tags' numbers of each document: seqeval's figures of entities, and the share of right tags."""
    from seqeval import metrics as seqeval

    known, found = ([[names[number] for number in row] for row in rows] for rows in (truth, said))
    values = {
        "token_accuracy": sk.accuracy_score(np.concatenate(truth), np.concatenate(said)),
        "entity_precision": seqeval.precision_score(known, found),
        "entity_recall": seqeval.recall_score(known, found),
        "entity_f1": seqeval.f1_score(known, found),
    }
    return [({"metric": name}, float(value)) for name, value in values.items()]


def language(ids: np.ndarray, logits: np.ndarray) -> list[Figure]:
    """Of the numbers at each token, which are about the next one."""
    odds = np.exp(logits - logits.max(axis=2, keepdims=True))
    chances = odds / odds.sum(axis=2, keepdims=True)
    words = np.arange(logits.shape[2])
    loss = sk.log_loss(ids[:, 1:].reshape(-1), chances[:, :-1].reshape(-1, len(words)), labels=words)
    return [({"metric": "perplexity"}, float(np.exp(loss)))]


def detection(
    truth: Sequence[np.ndarray],
    kinds: Sequence[np.ndarray],
    boxes: np.ndarray,
    scores: np.ndarray,
    labels: np.ndarray,
    score: float = 0.5,
) -> list[Figure]:
    """By pycocotools: of corners, the same `boxes` in each image with their scores and labels there."""
    found: list[Figure] = []
    for iou in (0.5, 0.75):
        run = _coco(truth, kinds, boxes, scores, labels, iou)
        precision = run.eval["precision"][0, :, :, 0, -1]
        parameters = {} if iou == 0.5 else {"iou": iou}
        found.append(({"metric": "average_precision", **parameters}, float(precision[precision > -1].mean())))
        matched = [one for one in run.evalImgs if one is not None]
        sure = [np.array(one["dtScores"]) >= score for one in matched]
        right = sum(
            int((one["dtMatches"][0] > 0)[keep].sum()) for one, keep in zip(matched, sure, strict=True)
        )
        every = sum(map(len, truth))
        found += [
            ({"metric": "box_precision", **parameters}, right / sum(int(keep.sum()) for keep in sure)),
            ({"metric": "box_recall", **parameters}, right / every),
        ]
    return found


def _coco(
    truth: Sequence[np.ndarray],
    kinds: Sequence[np.ndarray],
    boxes: np.ndarray,
    scores: np.ndarray,
    labels: np.ndarray,
    iou: float,
) -> Any:
    """COCO's evaluation of these boxes at one overlap, in all sizes, however many an image has."""
    import contextlib
    import io

    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def record(image: int, box: np.ndarray, kind: int, **more: Any) -> dict[str, Any]:
        x1, y1, x2, y2 = map(float, box)
        size = [x1, y1, x2 - x1, y2 - y1]
        return {"image_id": image, "bbox": size, "category_id": int(kind), "area": size[2] * size[3], **more}

    true = [
        record(image, box, kind, iscrowd=0)
        for image, (own, classes) in enumerate(zip(truth, kinds, strict=True))
        for box, kind in zip(own, classes, strict=True)
    ]
    said = [
        record(image, box, kind, score=float(sure))
        for image, (sures, classes) in enumerate(zip(scores, labels, strict=True))
        for box, sure, kind in zip(boxes, sures, classes, strict=True)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "info": {},
            "images": [{"id": image} for image in range(len(truth))],
            "categories": [{"id": int(kind)} for kind in np.unique(np.concatenate(kinds))],
            "annotations": [{**one, "id": number} for number, one in enumerate(true, 1)],
        }
        coco.createIndex()
        run = COCOeval(coco, coco.loadRes(said), "bbox")
        run.params.iouThrs = np.array([iou])
        run.params.areaRng, run.params.areaRngLbl = [[0, 1e10]], ["all"]
        run.params.maxDets = [10_000]
        run.evaluate()
        run.accumulate()
    return run
