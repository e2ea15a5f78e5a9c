import { runParaTime } from "../kit/run-paratime.ts";
import { keyValue } from "./keyvalue.ts";

runParaTime(keyValue);
