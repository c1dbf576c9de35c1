const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The month and the year of a date, as they stand in `date` and `date-time` (RFC 9051 9). */
export function monthAndYear(date: Date): string {
  return `${months[date.getUTCMonth()]}-${String(date.getUTCFullYear()).padStart(4, '0')}`
}
