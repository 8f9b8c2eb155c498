import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["client/tests/*.test.ts", "tests/*.test.ts"], isolate: false, maxWorkers: 1 } });
