import { useEffect, useState } from "preact/hooks";

import { type DayActivity, Refused } from "../../client/src/index.ts";
import { useClient } from "../client.ts";
import { type Bar, Chart } from "../parts/chart.tsx";
import { Alert } from "../parts/fault.tsx";
import { useTitle } from "../title.ts";
import { counted, duration } from "../words.ts";

const DAYS = 30;

/** What one's own stories came to, day by day. */
export function ActivityPage() {
  useTitle("Activity");
  const { days, fault } = useActivity();
  return (
    <>
      <h1 tabIndex={-1}>Activity</h1>
      {fault !== null && <Alert>{fault}</Alert>}
      {days === null && fault === null && (
        <p class="quiet" role="status">
          Asking the gateway for it
        </p>
      )}
      {days?.length === 0 && <p>Nothing in the last {DAYS} days.</p>}
      {days !== null && days.length > 0 && (
        <>
          <Chart label={`Stories that ended, by day, in the last ${DAYS} days`} bars={bars(days)} />
          <Table days={days} />
        </>
      )}
    </>
  );
}

function Table({ days }: { days: readonly DayActivity[] }) {
  return (
    <div class="figures" tabIndex={0} role="region" aria-label="The figures of each day">
      <table>
        <thead>
          <tr>
            {["Day", "Model", "Asked", "Finished", "Failed", "Cancelled", "Words", "Tokens", "Half within", "95 % within"].map(
              (name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {[...days].reverse().map((day) => (
            <tr key={day.day + day.model}>
              <th scope="row">{day.day}</th>
              <td>{day.model ?? "–"}</td>
              <td>{day.asked}</td>
              <td>{day.completed}</td>
              <td title={day.failed.map(({ step, code, count }) => `${count} × ${code} at ${step}`).join(", ")}>{failed(day)}</td>
              <td>{day.cancelled}</td>
              <td>{day.words.toLocaleString("en")}</td>
              <td>{(day.inputTokens + day.outputTokens).toLocaleString("en")}</td>
              <td>{day.processingTime === null ? "–" : duration(day.processingTime.p50)}</td>
              <td>{day.processingTime === null ? "–" : duration(day.processingTime.p95)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function failed(day: DayActivity): number {
  return day.failed.reduce((sum, { count }) => sum + count, 0);
}

/** All models of a day together. */
function bars(days: readonly DayActivity[]): readonly Bar[] {
  const byDay = new Map<string, Bar>();
  for (const each of days) {
    const { good, bad } = byDay.get(each.day) ?? { good: 0, bad: 0 };
    const sum = { good: good + each.completed, bad: bad + failed(each) + each.cancelled };
    const label = `${each.day}: ${counted(sum.good, "story", "stories")} finished, ${sum.bad} failed or cancelled`;
    byDay.set(each.day, { ...sum, label });
  }
  return [...byDay.values()];
}

function useActivity() {
  const { gateway } = useClient();
  const [days, setDays] = useState<readonly DayActivity[] | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    const since = new Date(Date.now() - (DAYS - 1) * 86_400_000).toISOString().slice(0, 10);
    gateway.activity(since).then(setDays, (error: unknown) => {
      setFault(error instanceof Refused ? error.fault.message : String(error));
    });
  }, [gateway]);
  return { days, fault };
}
