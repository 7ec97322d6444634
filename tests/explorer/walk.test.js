import test from "node:test";
import { linear, spherical, through } from "../../assets/explorer/walk.js";
import { near } from "./near.js";

const [east, north, west] = [[2, 1], [1, 2], [0, 1]].map((place) => Float32Array.from(place));
const pivot = Float32Array.of(1, 1);

test("a straight way and an arc pass between two places", () => {
  near(linear(east, north, 0.5), [1.5, 1.5]);
  near(spherical(east, north, 0.5, pivot), [1 + Math.SQRT1_2, 1 + Math.SQRT1_2]);
});

test("on an arc, angle and distance from the pivot change evenly", () => {
  const far = Float32Array.of(1, 4);
  const angle = Math.PI / 6;
  near(spherical(east, far, 1 / 3, pivot),
    [1 + (5 / 3) * Math.cos(angle), 1 + (5 / 3) * Math.sin(angle)]);
});

test("where no arc is singled out, the way is straight", () => {
  near(spherical(east, west, 0.5, pivot), linear(east, west, 0.5));
  near(spherical(pivot, north, 0.25, pivot), linear(pivot, north, 0.25));
});

test("a way through several stops passes each at its time", () => {
  for (const way of [linear, spherical]) {
    for (const [share, stop] of [[0, east], [0.5, north], [1, west]]) {
      near(through([east, north, west], share, way, pivot), stop);
    }
  }
  near(through([east, north, west], 0.75, linear, pivot), [0.5, 1.5]);
});
