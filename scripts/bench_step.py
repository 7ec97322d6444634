"""Print how long a training step takes on this machine."""

import argparse

import torch

from vae_report.benchmarks.step import compare_steps, measure_steps

SHAPES = ((20, (400,)), (16, (512, 256)))


def main() -> None:
    """Measure every shape with every number of threads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=40)
    arguments = parser.parse_args()
    images = torch.randint(0, 256, (54_000, 784), dtype=torch.uint8)
    for threads in arguments.threads:
        torch.set_num_threads(threads)
        for latent, hidden in SHAPES:
            table = compare_steps(measure_steps(images, latent, hidden, arguments.rounds))
            layers = "–".join(map(str, (784, *hidden, latent)))
            print(f"\n{layers}, {threads} thread(s)\n{table.round(2).to_string()}")


if __name__ == "__main__":
    main()
