import type { Gauge, MetricRegistry } from "../../telemetry/metrics/metric-registry.ts";
import type { ProcessFigures } from "./process-figures.ts";

export type ProcessMetrics = ReturnType<typeof processMetrics>;

/** This process: time, memory, disk, network and event loop. */
export function processMetrics(registry: MetricRegistry) {
  const showUsage = usageMetrics(registry);
  const showNetwork = networkMetrics(registry);
  const showNode = eventLoopMetrics(registry);
  return {
    show: (figures: ProcessFigures) => {
      showUsage(figures);
      showNetwork(figures);
      showNode(figures);
    },
  };
}

function usageMetrics(registry: MetricRegistry) {
  const official = (name: string, help: string): Gauge =>
    registry.gauge({ name: `oasis_node_${name}`, help, knownFrom: "oasis-node" });
  const common = (name: string, help: string): Gauge =>
    registry.gauge({ name: `process_${name}`, help, knownFrom: "prometheus" });
  const user = official("cpu_utime_seconds", "Processor time that the node used itself.");
  const system = official("cpu_stime_seconds", "Processor time that the system used for the node.");
  const memory = [
    ["VmRSS", common("resident_memory_bytes", "Resident memory.")],
    ["VmSize", common("virtual_memory_bytes", "Virtual memory.")],
    ["VmSize", official("mem_vm_size_bytes", "Virtual memory; most of it is the mapped database.")],
    ["RssAnon", official("mem_rss_anon_bytes", "Resident memory of the node's own data.")],
    [
      "RssFile",
      official("mem_rss_file_bytes", "Resident memory of files, with that of the mapped database."),
    ],
    ["RssShmem", official("mem_rss_shmem_bytes", "Resident memory that is shared.")],
  ] as const;
  const io = [
    ["read_bytes", official("disk_read_bytes", "Read from the disk by the node since its start.")],
    ["write_bytes", official("disk_written_bytes", "Written to the disk by the node since its start.")],
  ] as const;
  const cpu = registry.counter({
    name: "process_cpu_seconds_total",
    help: "Processor time, the node's own and the system's for it.",
    knownFrom: "prometheus",
  });
  const openFiles = common("open_fds", "Open file descriptors.");
  const maxOpenFiles = common("max_fds", "Most file descriptors that may be open.");
  const start = common("start_time_seconds", "When the process started, as Unix time.");
  let countedCpu = 0;
  return (figures: ProcessFigures) => {
    const { userSeconds, systemSeconds } = figures;
    user.set(userSeconds);
    system.set(systemSeconds);
    cpu.add(userSeconds + systemSeconds - countedCpu);
    countedCpu = userSeconds + systemSeconds;
    for (const [field, gauge] of memory) gauge.set(figures.memory.get(field) ?? null);
    for (const [field, gauge] of io) gauge.set(figures.io.get(field) ?? null);
    openFiles.set(figures.openFiles);
    maxOpenFiles.set(figures.maxOpenFiles);
    start.set(figures.startMs / 1000);
  };
}

function networkMetrics(registry: MetricRegistry) {
  const official = (name: string, help: string) =>
    registry.gauge({
      name: `oasis_node_net_${name}`,
      help: `${help} since the machine started; the whole machine's, not only the node's.`,
      labels: ["device"],
      knownFrom: "oasis-node",
    });
  const columns = [
    ["receivedBytes", official("receive_bytes_total", "Bytes received by the device")],
    ["receivedPackets", official("receive_packets_total", "Packets received by the device")],
    ["transmittedBytes", official("transmit_bytes_total", "Bytes sent by the device")],
    ["transmittedPackets", official("transmit_packets_total", "Packets sent by the device")],
  ] as const;
  return ({ network }: ProcessFigures) => {
    for (const [column, gauge] of columns) {
      gauge.replace(network.map((traffic) => [traffic[column], { device: traffic.device }] as const));
    }
  };
}

function eventLoopMetrics(registry: MetricRegistry) {
  const delay = registry.gauge({
    name: "oasis_node_event_loop_delay_seconds",
    help: "How late the event loop was since the last reading; quantile 1 is the worst. All work of the node waits so long.",
    labels: ["quantile"],
  });
  const active = registry.counter({
    name: "oasis_node_event_loop_active_seconds_total",
    help: "Time that the event loop was busy; its rate is 1 when the node has no time left.",
  });
  const gauge = (name: string, help: string) => registry.gauge({ name, help });
  const heapUsed = gauge("oasis_node_heap_used_bytes", "Memory of JavaScript objects.");
  const heapTotal = gauge("oasis_node_heap_total_bytes", "Memory taken for JavaScript objects.");
  const external = gauge("oasis_node_external_memory_bytes", "Memory of byte arrays and native objects.");
  let countedActive = 0;
  return ({ eventLoopDelay, eventLoopActiveSeconds, heap }: ProcessFigures) => {
    delay.replace(
      [...eventLoopDelay].map(([quantile, seconds]) => [seconds, { quantile: String(quantile) }] as const),
    );
    active.add(Math.max(0, eventLoopActiveSeconds - countedActive));
    countedActive = eventLoopActiveSeconds;
    heapUsed.set(heap.heapUsed);
    heapTotal.set(heap.heapTotal);
    external.set(heap.external);
  };
}
