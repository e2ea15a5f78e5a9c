import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

const names = ["provisioner", "paths", "environment", "port", "seeds"];

test.each([
  ["provisionr", "provisioner"],
  ["Provisioner", "provisioner"],
  ["porvisioner", "provisioner"],
  ["path", "paths"],
  ["prot", "port"],
  ["enviroment", "environment"],
  ["seed", "seeds"],
  ["unlike", undefined],
  ["", undefined],
])("%j was probably meant to be %j", (name, meant) => {
  expect(nearest(name, names)).toBe(meant);
});

test("no more mistakes than allowed are forgiven", () => {
  expect(nearest("enviramont", names, 2)).toBeUndefined();
  expect(nearest("enviramont", names, 3)).toBe("environment");
});
