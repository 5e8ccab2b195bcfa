#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the demo's model on invented movements (movements.py) and writes what the importer needs.

Example: deploy/demo-data/model/train.py --to /tmp/model

  --to DIR     where model.json, frame.json and card.json go; default: this folder
  --data FILE  also the rows with their labels, as CSV
  --check      trains, compares with the files of this folder, writes nothing; ends with 1 where they differ, 77 without XGBoost

Needs Debian's python3-xgboost. One thread and one seed: the same libraries write the same bytes. The movements are invented, so nothing here
says how such a model would do on real ones.
"""
import argparse
import hashlib
import json
import math
import pathlib
import sys

import movements

HERE = pathlib.Path(__file__).resolve().parent
TREES, DEPTH = 50, 4
REFERENCES = 16
# In log-odds: hold from odds of e^1.5 on; deny never by the model alone, since no sum of its leaves comes near: people decide. A binding may set
# both lower.
THETA_HOLD, THETA_DENY = 1.5, 64.0
# More of these never makes a movement less suspicious (1), or more (-1).
MONOTONE = {"below_threshold_count": 1, "jurisdiction_tier": 1, "counterparty_age": -1, "distinct_in_7d": 1}
BOUNDS = {"log2_amount": ("1/1024", -65536, 131072), "amount_zscore": ("1/100sd", -10000, 10000), "count_1h": ("movements", 0, 65535),
          "count_24h": ("movements", 0, 65535), "count_7d": ("movements", 0, 65535), "value_24h_ratio": ("percent", 0, 1000000),
          "counterparty_age": ("hours", 0, 87600), "distinct_out_7d": ("accounts", 0, 32), "distinct_in_7d": ("accounts", 0, 32),
          "pass_through_ratio": ("percent", 0, 1000000), "minutes_since_inflow": ("minutes", 0, 5256000), "dormancy": ("hours", 0, 87600),
          "below_threshold_count": ("movements", 0, 65535), "cross_border": ("flag", 0, 1), "jurisdiction_tier": ("tier", 0, 9),
          "minutes_to_cut_off": ("minutes", 0, 5256000), "order_bps": ("1/10000", 0, 1000000)}
MISSING = {"amount_zscore", "value_24h_ratio", "counterparty_age", "pass_through_ratio", "minutes_since_inflow", "dormancy",
           "below_threshold_count", "cross_border", "jurisdiction_tier", "minutes_to_cut_off", "order_bps"}


def rows():
    """(values, label, typology); movements at which a typology cannot be seen yet are left out."""
    for features, typology, _ in movements.generate():
        if typology != "unclear":
            yield [features[name] for name in movements.FEATURES], int(typology != ""), typology


def csv_of(data):
    lines = [",".join(movements.FEATURES + ["label", "typology"])]
    lines += [",".join(["" if v is None else str(v) for v in values] + [str(label), typology]) for values, label, typology in data]
    return "\n".join(lines) + "\n"


def train(data, xgb, np):
    """Trains on four of five rows; returns the model and the margins of the fifth."""
    x = np.array([[math.nan if v is None else v for v in values] for values, _, _ in data], dtype=float)
    y = np.array([label for _, label, _ in data])
    held_out = np.arange(len(data)) % 5 == 4
    parameters = {"objective": "binary:logistic", "base_score": 0.5, "tree_method": "exact", "max_depth": DEPTH, "eta": 0.25,
                  "min_child_weight": 4, "lambda": 1, "seed": movements.SEED, "nthread": 1,
                  "monotone_constraints": "(" + ",".join(str(MONOTONE.get(name, 0)) for name in movements.FEATURES) + ")"}
    matrix = xgb.DMatrix(x[~held_out], label=y[~held_out], feature_names=movements.FEATURES, nthread=1)
    booster = xgb.train(parameters, matrix, TREES)
    tested = xgb.DMatrix(x[held_out], feature_names=movements.FEATURES, nthread=1)
    return booster, [d for d, h in zip(data, held_out) if h], booster.predict(tested, output_margin=True)


def card_of(data, tested, margins):
    held = {}
    for (_, _, typology), margin in zip(tested, margins):
        name = typology or "ordinary"
        row = held.setdefault(name, {"movements": 0, "held": 0})
        row["movements"] += 1
        row["held"] += int(margin >= THETA_HOLD)
    return {
        "purpose": "holds movements for review whose pattern is one of seven documented typologies; for demonstration",
        "not_for": "real movements: it was trained on invented ones only, and nothing is claimed of its detection of real ones",
        "data": "deploy/demo-data/model/movements.py", "seed": movements.SEED, "rows": len(data),
        "labels": {name: sum(1 for d in data if d[2] == name) for name in [""] + movements.TYPOLOGIES if name} | {
            "ordinary": sum(1 for d in data if not d[2])},
        "data_sha256": hashlib.sha256(csv_of(data).encode()).hexdigest(),
        "algorithm": f"XGBoost, {TREES} trees of depth {DEPTH}, binary:logistic", "monotone": MONOTONE,
        "theta_hold": THETA_HOLD, "theta_deny": THETA_DENY, "references": f"{REFERENCES} ordinary movements of the training rows, evenly spaced",
        "held_of_the_rows_not_trained_on": dict(sorted(held.items())),
    }


def frame_of(data, card_hash):
    ordinary = [values for i, (values, label, _) in enumerate(data) if not label and i % 5 != 4]
    step = len(ordinary) // REFERENCES
    features = []
    for name in movements.FEATURES:
        unit, lower, upper = BOUNDS[name]
        features.append({"name": name, "unit": unit, "lower": str(lower), "upper": str(upper), "missing_allowed": name in MISSING})
    references = [{"values": ["0" if v is None else str(v) for v in row], "missing": [i for i, v in enumerate(row) if v is None]}
                  for row in ordinary[step // 2::step][:REFERENCES]]
    return {"features": features, "references": references, "theta_hold": str(int(THETA_HOLD * 2**40)), "theta_deny": str(int(THETA_DENY * 2**40)),
            "card_hash": card_hash}


def check(data, tested, margins, card, xgb, np):
    """Bytes may differ in the last digits where a processor rounds otherwise; what the model says may not."""
    known = json.loads((HERE / "card.json").read_text())
    if known["data_sha256"] != card["data_sha256"]:
        return "the rows are other ones"
    booster = xgb.Booster(model_file=str(HERE / "model.json"))
    x = np.array([[math.nan if v is None else v for v in values] for values, _, _ in tested], dtype=float)
    difference = float(np.max(np.abs(booster.predict(xgb.DMatrix(x, feature_names=movements.FEATURES), output_margin=True) - margins)))
    if difference > 0.01:
        return f"a margin differs by {difference}"
    if known != json.loads(json.dumps(card)):
        return "the card says something else"
    if json.loads((HERE / "frame.json").read_text()) != frame_of(data, hashlib.sha256((HERE / "card.json").read_bytes()).hexdigest()):
        return "the frame is another one"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=pathlib.Path, default=HERE)
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    try:
        import numpy as np
        import xgboost as xgb
    except ImportError as missing:
        print(f"train.py: {missing}; install Debian's python3-xgboost", file=sys.stderr)
        return 77 if arguments.check else 1

    data = list(rows())
    booster, tested, margins = train(data, xgb, np)
    card = card_of(data, tested, margins)
    if arguments.check:
        problem = check(data, tested, margins, card, xgb, np)
        print(f"train.py: {problem or 'the same model'}", file=sys.stderr)
        return 1 if problem else 0
    if arguments.data:
        arguments.data.write_text(csv_of(data))
    arguments.to.mkdir(parents=True, exist_ok=True)
    booster.save_model(str(arguments.to / "model.json"))
    card_text = json.dumps(card, indent=1) + "\n"
    (arguments.to / "card.json").write_text(card_text)
    frame = frame_of(data, hashlib.sha256(card_text.encode()).hexdigest())
    (arguments.to / "frame.json").write_text(json.dumps(frame, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
