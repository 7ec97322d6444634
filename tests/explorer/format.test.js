import assert from "node:assert/strict";
import test from "node:test";
import { coordinates, number } from "../../assets/explorer/format.js";

test("a number has a true minus sign, and zero has none", () => {
  assert.equal(number(-1.256), "\u22121.26");
  assert.equal(number(-0.004), "0.00");
  assert.equal(number(1234.56, 1), "1234.6");
});

test("coordinates stand in parentheses", () => {
  assert.equal(coordinates([0.5, -2]), "(0.50, \u22122.00)");
});
