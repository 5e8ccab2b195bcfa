#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the models of this folder and writes what libxgboost says of them.

Example: tests/vectors/models/make_models.py

Needs Debian's python3-xgboost. Each NAME gives NAME.json (the model as saved), NAME.frame.json (what the importer is told beside it: proto3
JSON of causeway.v1.Model without trees) and NAME.rows.txt: a row a line, "values | leaf of each tree | margin", a missing value as ".".
The seed is in this file, and one thread trains, so a run writes the same bytes.
"""
import json
import math
import pathlib
import sys

import numpy as np
import xgboost as xgb

SEED = 20260302
ROWS = 60
HERE = pathlib.Path(__file__).resolve().parent


def measurements(random, rows, columns, noise):
    """Correlated whole numbers in two classes, as measurements of two kinds of things are."""
    labels = random.integers(0, 2, rows)
    centre = random.integers(-2000, 2000, columns)
    spread = random.integers(50, 900, columns)
    common = random.normal(size=(rows, 1))
    x = centre + spread * (0.6 * common + random.normal(size=(rows, columns)) + noise * labels[:, None])
    return np.rint(x), labels


def plain(random):
    x, y = measurements(random, 500, 10, 0.7)
    return dict(x=x, y=y, trees=30, params=dict(objective="binary:logistic", max_depth=5, eta=0.3))


def missing_and_categories(random):
    x, y = measurements(random, 600, 6, 0.8)
    kinds = random.integers(0, 12, (600, 2)).astype(float)
    y = np.where((np.isin(kinds[:, 0], [2, 3, 7])) & (random.random(600) < 0.8), 1, y)
    x = np.hstack([x, kinds])
    x[random.random(x.shape) < 0.15] = np.nan
    return dict(x=x, y=y, trees=25, categorical=[6, 7],
                params=dict(objective="binary:logistic", max_depth=6, eta=0.2, tree_method="hist", max_cat_to_onehot=4, base_score=0.3))


def pruned(random):
    x, y = measurements(random, 400, 5, 0.4)
    return dict(x=x, y=y, trees=20, params=dict(objective="binary:logistic", max_depth=6, eta=0.5, gamma=1.5, tree_method="exact"))


def large_numbers(random):
    x = random.integers(-2**24, 2**24, (500, 4), endpoint=True).astype(float)
    y = ((x[:, 0] > 2**24 - 2**21) | (x[:, 1] + x[:, 2] < -2**23)).astype(int)
    return dict(x=x, y=y, trees=15, params=dict(objective="binary:logistic", max_depth=4, eta=1.0, base_score=0.9))


def squared_error(random):
    x, y = measurements(random, 300, 4, 0.5)
    return dict(x=x, y=3 * y + x[:, 0] / 1000, trees=10, params=dict(objective="reg:squarederror", max_depth=3, base_score=0.25))


def forest(random):
    x, y = measurements(random, 300, 6, 0.6)
    return dict(x=x, y=y, trees=4, params=dict(objective="binary:logistic", max_depth=4, num_parallel_tree=5, subsample=0.8,
                                                colsample_bynode=0.7, eta=0.6))


MODELS = [plain, missing_and_categories, pruned, large_numbers, squared_error, forest]


def thresholds(model, columns):
    """Whole numbers on both sides of what the trees ask of each feature."""
    values = [set() for _ in range(columns)]
    for tree in model["learner"]["gradient_booster"]["model"]["trees"]:
        for left, feature, condition, kind in zip(tree["left_children"], tree["split_indices"], tree["split_conditions"], tree["split_type"]):
            if left != -1 and kind == 0:
                values[feature] |= {math.ceil(condition), math.ceil(condition) - 1}
    return [sorted(v) for v in values]


def make(maker, number):
    random = np.random.default_rng([SEED, number])
    made = maker(random)
    x, categorical = made["x"], made.get("categorical", [])
    columns = x.shape[1]
    names = [f"{'kind' if i in categorical else 'measure'}_{i}" for i in range(columns)]
    types = ["c" if i in categorical else "q" for i in range(columns)]
    data = dict(feature_names=names, feature_types=types, enable_categorical=True, nthread=1)
    booster = xgb.train({"seed": SEED, "nthread": 1, **made["params"]}, xgb.DMatrix(x, label=made["y"], **data), made["trees"])

    stem = HERE / maker.__name__
    booster.save_model(f"{stem}.json")
    model = json.loads(pathlib.Path(f"{stem}.json").read_text())
    asked = thresholds(model, columns)
    can_miss = np.isnan(x).any(axis=0)
    rows = x[random.integers(0, len(x), ROWS)].copy()
    for row in rows[ROWS // 3:]:
        for i in range(columns):
            if i in categorical:
                row[i] = random.integers(0, 15)
            elif asked[i]:
                row[i] = random.choice(asked[i])
            if can_miss[i] and random.random() < 0.2:
                row[i] = np.nan

    lower = np.minimum(np.nanmin(x, axis=0), np.nanmin(rows, axis=0))
    upper = np.maximum(np.nanmax(x, axis=0), np.nanmax(rows, axis=0))
    features = [{"name": names[i], "unit": "one", "lower": str(int(0 if i in categorical else lower[i])),
                 "upper": str(int(99 if i in categorical else upper[i])), "missing_allowed": bool(can_miss[i]), "categorical": i in categorical}
                for i in range(columns)]
    references = [{"values": [str(0 if np.isnan(v) else int(v)) for v in row], "missing": [i for i, v in enumerate(row) if np.isnan(v)]}
                  for row in x[:16]]
    frame = {"features": features, "references": references, "theta_hold": str(1 << 40), "theta_deny": str(1 << 41), "card_hash": "00" * 32}
    pathlib.Path(f"{stem}.frame.json").write_text(json.dumps(frame) + "\n")

    matrix = xgb.DMatrix(rows, **data)
    leaves = booster.predict(matrix, pred_leaf=True).astype(int).reshape(ROWS, -1)
    margins = booster.predict(matrix, output_margin=True)
    with open(f"{stem}.rows.txt", "w") as out:
        out.write(f"# Made by make_models.py with libxgboost {xgb.__version__}: values | leaf of each tree | margin\n")
        for row, leaf, margin in zip(rows, leaves, margins):
            values = " ".join("." if np.isnan(v) else str(int(v)) for v in row)
            out.write(f"{values} | {' '.join(map(str, leaf))} | {float(margin)!r}\n")


def main():
    if len(sys.argv) > 1:
        print(__doc__)
        return 2
    for number, maker in enumerate(MODELS):
        make(maker, number)
    return 0


if __name__ == "__main__":
    sys.exit(main())
