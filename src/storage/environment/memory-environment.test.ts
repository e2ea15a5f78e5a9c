import { environmentSuite } from "./environment.suite.ts";
import { memoryEnvironment } from "./memory-environment.ts";

environmentSuite("environment in memory", memoryEnvironment);
