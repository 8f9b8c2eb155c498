const WIDTH = 24; // of a bar and the space after it
const HEIGHT = 120;

export interface Bar {
  readonly label: string;
  readonly good: number;
  readonly bad: number;
}

/** Bars, the good part below and the bad one on top of it. Each has its label for whoever points at it or cannot see it. */
export function Chart({ label, bars }: { label: string; bars: readonly Bar[] }) {
  const most = Math.max(1, ...bars.map(({ good, bad }) => good + bad));
  const scaled = (count: number) => (count / most) * HEIGHT;
  return (
    <svg class="chart" role="img" aria-label={`${label}. ${bars.map((bar) => bar.label).join(". ")}`} viewBox={`0 0 ${bars.length * WIDTH} ${HEIGHT}`}>
      {bars.map(({ label, good, bad }, place) => (
        <g key={label}>
          <title>{label}</title>
          <rect class="good" x={place * WIDTH} y={HEIGHT - scaled(good)} width={WIDTH - 4} height={scaled(good)} />
          <rect class="bad" x={place * WIDTH} y={HEIGHT - scaled(good + bad)} width={WIDTH - 4} height={scaled(bad)} />
        </g>
      ))}
    </svg>
  );
}
