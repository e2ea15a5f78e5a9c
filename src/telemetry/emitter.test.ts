import { expect, test } from "vitest";
import { Emitter } from "./emitter.ts";

test("listeners hear events until they are disposed of, each subscription by itself", () => {
  const emitter = new Emitter<number>();
  const heard: number[] = [];
  const listener = (value: number) => heard.push(value);
  const first = emitter.subscribe(listener);
  const second = emitter.subscribe(listener);
  emitter.emit(1);
  first();
  first();
  emitter.emit(2);
  second();
  emitter.emit(3);
  expect(heard).toEqual([1, 1, 2]);
  expect(emitter.listenerCount).toBe(0);
});

test("next resolves with the first accepted value and leaves nothing behind", async () => {
  const emitter = new Emitter<number>();
  const next = emitter.next((value) => value > 1, new AbortController().signal);
  emitter.emit(1);
  emitter.emit(2);
  expect(await next).toBe(2);
  expect(emitter.listenerCount).toBe(0);
});

test("next rejects with the reason of the signal", async () => {
  const emitter = new Emitter<number>();
  const controller = new AbortController();
  const next = emitter.next(() => true, controller.signal);
  controller.abort(new Error("stopping"));
  await expect(next).rejects.toThrow("stopping");
  expect(emitter.listenerCount).toBe(0);
});
