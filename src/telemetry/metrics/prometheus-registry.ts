import * as prometheus from "prom-client";
import type {
  Counter,
  Gauge,
  Histogram,
  HistogramSpec,
  MetricRegistry,
  MetricSpec,
} from "./metric-registry.ts";

export interface PrometheusRegistryDeps {
  /** Told when a look before a reading failed; the other metrics are read all the same. */
  failed(error: unknown): void;
}

/**
 * Keeps metrics and writes them in Prometheus' text format. Loaded only where metrics are on: without them its library
 * costs neither time nor memory.
 */
export class PrometheusRegistry implements MetricRegistry {
  readonly contentType = prometheus.prometheusContentType;
  readonly #registry = new prometheus.Registry();
  readonly #looks: (() => void | Promise<void>)[] = [];
  readonly #deps: PrometheusRegistryDeps;

  constructor(deps: PrometheusRegistryDeps) {
    this.#deps = deps;
  }

  counter<L extends string = never>(spec: MetricSpec<L>): Counter<L> {
    const counter = new prometheus.Counter<string>(this.#configuration(spec));
    return { add: (by, ...[labels]) => counter.inc({ ...labels }, by) };
  }

  gauge<L extends string = never>(spec: MetricSpec<L>): Gauge<L> {
    const gauge = new prometheus.Gauge<string>(this.#configuration(spec));
    // One without labels would begin with 0, which nobody has measured.
    gauge.remove({});
    return {
      set: (value, ...[labels]) => {
        if (value === null) gauge.remove({ ...labels });
        else gauge.set({ ...labels }, value);
      },
      replace: (samples) => {
        gauge.reset();
        for (const [value, labels] of samples) gauge.set({ ...labels }, value);
      },
    };
  }

  histogram<L extends string = never>(spec: HistogramSpec<L>): Histogram<L> {
    const configuration = { ...this.#configuration(spec), buckets: [...spec.buckets] };
    const histogram = new prometheus.Histogram<string>(configuration);
    return { observe: (value, ...[labels]) => histogram.observe({ ...labels }, value) };
  }

  onRead(look: () => void | Promise<void>): void {
    this.#looks.push(look);
  }

  /** All metrics as they are now. */
  async read(): Promise<string> {
    await Promise.all(
      this.#looks.map(async (look) => {
        try {
          await look();
        } catch (error) {
          this.#deps.failed(error);
        }
      }),
    );
    return await this.#registry.metrics();
  }

  #configuration({ name, help, labels }: MetricSpec<string>) {
    return { name, help, labelNames: [...(labels ?? [])], registers: [this.#registry] };
  }
}
