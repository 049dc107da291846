//! Sources of `dock-ui`, the slot-booking screens (TypeScript).

use super::File;

pub(crate) const FILES: &[File] = &[
    ("package.json", PACKAGE),
    ("src/api/client.ts", CLIENT),
    ("src/components/SlotTable.tsx", SLOT_TABLE),
    ("src/lib/dates.ts", DATES),
    ("src/lib/dates.test.ts", DATES_TEST),
    ("src/lib/slots.ts", SLOTS),
    ("src/lib/slots.test.ts", SLOTS_TEST),
    ("src/i18n/messages.ts", MESSAGES),
    ("vite.config.ts", VITE),
    (".github/workflows/ci.yml", CI),
];

const PACKAGE: &str = r#"
{
  "name": "dock-ui",
  "version": "2.31.0",
  "private": true,
  "scripts": {
    "dev": "vite",
    "build": "tsc -b && vite build",
    "test": "vitest run",
    "lint": "eslint src --max-warnings 0"
  },
  "dependencies": { "react": "^19.0.0", "react-dom": "^19.0.0" },
  "devDependencies": { "typescript": "^5.7.0", "vite": "^6.0.0", "vitest": "^2.1.4" }
}
"#;

const CLIENT: &str = r#"
import type { Slot } from "../lib/slots";

const BASE = import.meta.env.VITE_API ?? "https://dock.halden.example/api";

export class ApiError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

async function request<T>(path: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(`${BASE}${path}`, {
    credentials: "include",
    headers: { "Content-Type": "application/json", ...init.headers },
    ...init,
  });
  if (!answer.ok) {
    throw new ApiError(answer.status, await answer.text());
  }
  return (await answer.json()) as T;
}

export function slots(terminal: string, day: string): Promise<Slot[]> {
  return request(`/terminals/${encodeURIComponent(terminal)}/slots?day=${day}`);
}

export function book(slot: string, truck: string): Promise<Slot> {
  return request(`/slots/${slot}`, { method: "POST", body: JSON.stringify({ truck }) });
}
"#;

const SLOT_TABLE: &str = r#"
import { useMemo, useState } from "react";
import { byHour, isFree, type Slot } from "../lib/slots";
import { clock } from "../lib/dates";
import { t } from "../i18n/messages";

type Props = { slots: Slot[]; onBook: (slot: Slot) => void };

export function SlotTable({ slots, onBook }: Props) {
  const [picked, setPicked] = useState<string | null>(null);
  const hours = useMemo(() => byHour(slots), [slots]);
  if (slots.length === 0) {
    return <p className="empty">{t("noSlots")}</p>;
  }
  return (
    <table className="slots">
      <tbody>
        {hours.map(([hour, list]) => (
          <tr key={hour}>
            <th>{clock(hour)}</th>
            {list.map((slot) => (
              <td key={slot.id}>
                <button
                  disabled={!isFree(slot)}
                  aria-pressed={picked === slot.id}
                  onClick={() => {
                    setPicked(slot.id);
                    onBook(slot);
                  }}
                >
                  {slot.gate}
                </button>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
"#;

const DATES: &str = r#"
/** Terminal time is UTC everywhere in the client; only `local` shows anything else. */

export function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

export function addDays(iso: string, count: number): string {
  const date = new Date(`${iso}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return day(date);
}

export function clock(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}

export function local(iso: string, zone: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
  }).format(new Date(iso));
}
"#;

const DATES_TEST: &str = r#"
import { expect, test } from "vitest";
import { addDays, clock, local } from "./dates";

test("days roll over the end of a month", () => {
  expect(addDays("2026-09-30", 1)).toBe("2026-10-01");
  expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
});

test("hours have two digits", () => {
  expect(clock(7)).toBe("07:00");
});

test("local time follows the zone", () => {
  expect(local("2026-10-05T08:30:00Z", "Europe/Warsaw")).toBe("10:30");
});
"#;

const SLOTS: &str = r#"
export type Slot = {
  id: string;
  gate: string;
  startsAt: string;
  minutes: number;
  truck: string | null;
  closed?: boolean;
};

export function isFree(slot: Slot): boolean {
  return slot.truck === null && slot.closed !== true;
}

export function byHour(slots: Slot[]): [number, Slot[]][] {
  const hours = new Map<number, Slot[]>();
  for (const slot of slots) {
    const hour = new Date(slot.startsAt).getUTCHours();
    hours.set(hour, [...(hours.get(hour) ?? []), slot]);
  }
  return [...hours.entries()].sort(([a], [b]) => a - b);
}

export function overlaps(a: Slot, b: Slot): boolean {
  const start = (slot: Slot) => Date.parse(slot.startsAt);
  const end = (slot: Slot) => start(slot) + slot.minutes * 60_000;
  return a.gate === b.gate && start(a) < end(b) && start(b) < end(a);
}
"#;

const SLOTS_TEST: &str = r#"
import { expect, test } from "vitest";
import { byHour, isFree, overlaps, type Slot } from "./slots";

const slot = (over: Partial<Slot>): Slot => ({
  id: "s1", gate: "B4", startsAt: "2026-10-05T08:00:00Z", minutes: 30, truck: null, ...over,
});

test("a closed slot is not free", () => {
  expect(isFree(slot({ closed: true }))).toBe(false);
});

test("slots that touch do not overlap", () => {
  const next = slot({ id: "s2", startsAt: "2026-10-05T08:30:00Z" });
  expect(overlaps(slot({}), next)).toBe(false);
});

test("hours come in order", () => {
  const late = slot({ id: "s2", startsAt: "2026-10-05T15:00:00Z" });
  expect(byHour([late, slot({})]).map(([hour]) => hour)).toEqual([8, 15]);
});
"#;

const MESSAGES: &str = r#"
const en = {
  noSlots: "No free slots on this day.",
  booked: "Booked. Show this screen at the gate.",
  tooLate: "This slot has started.",
};

const pl: typeof en = {
  noSlots: "Brak wolnych okien w tym dniu.",
  booked: "Zarezerwowano. Pokaż ten ekran przy bramie.",
  tooLate: "To okno już się zaczęło.",
};

const all = { en, pl };
let language: keyof typeof all = "en";

export function setLanguage(next: keyof typeof all): void {
  language = next;
}

export function t(key: keyof typeof en): string {
  return all[language][key];
}
"#;

const VITE: &str = r#"
import { defineConfig } from "vite";
import react from "@vitejs/plugin-react";

export default defineConfig({
  plugins: [react()],
  build: { sourcemap: true, target: "es2022" },
  server: { port: 5180, proxy: { "/api": "http://localhost:8090" } },
});
"#;

const CI: &str = r#"
name: ci
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: npm ci
      - run: npm run lint && npm test && npm run build
"#;
