// Dates of the office's zone (UTC+8 all year), whatever zone the browser is in.

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const WEEKDAYS = "日一二三四五六";

const two = (number) => String(number).padStart(2, "0");

/** Return year, month, day, hour, minute, weekday (0 is Sunday) and `day`, the count of days. */
export function parts(instant) {
  const local = new Date(Number(instant) + 8 * HOUR);
  return {
    year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, date: local.getUTCDate(),
    hour: local.getUTCHours(), minute: local.getUTCMinutes(), second: local.getUTCSeconds(),
    weekday: local.getUTCDay(), day: Math.floor(Number(local) / DAY),
  };
}

/** Return 09:02. */
export function clockTime(instant) {
  const at = parts(instant);
  return `${two(at.hour)}:${two(at.minute)}`;
}

/** Return 10月8日 周四. */
export function dateLine(instant) {
  const at = parts(instant);
  return `${at.month}月${at.date}日 周${WEEKDAYS[at.weekday]}`;
}

/** Return the line between two messages: today 09:02, 昨天 09:02, 周三 09:02, 9月30日 09:02. */
export function separator(instant, now) {
  const at = parts(instant);
  const days = parts(now).day - at.day;
  if (days === 0) return clockTime(instant);
  if (days === 1) return `昨天 ${clockTime(instant)}`;
  if (days > 1 && days < 7) return `周${WEEKDAYS[at.weekday]} ${clockTime(instant)}`;
  return `${at.month}月${at.date}日 ${clockTime(instant)}`;
}

/** Return the short mark in a list of chats. */
export function brief(instant, now) {
  const words = separator(instant, now).split(" ");
  return words.length > 1 ? words[0] : words[words.length - 1];
}

/** Return an instant with the office's zone, as the sandbox's clock takes it. */
export function isoAt(instant) {
  const at = parts(instant);
  return `${at.year}-${two(at.month)}-${two(at.date)}T${two(at.hour)}:${two(at.minute)}:${two(at.second)}+08:00`;
}

/** Return the first instant of a day, counted as `parts().day` counts. */
export function midnight(day) {
  return day * DAY - 8 * HOUR;
}

/** Return the next day at 08:40. */
export function nextMorning(instant) {
  return midnight(parts(instant).day + 1) + 8 * HOUR + 40 * MINUTE;
}

/** Return the same time on the next Monday to Friday; holidays are the bot's business. */
export function nextWorkday(instant) {
  let next = Number(instant) + DAY;
  while ([0, 6].includes(parts(next).weekday)) next += DAY;
  return next;
}

export const anHourLater = (instant) => Number(instant) + HOUR;
