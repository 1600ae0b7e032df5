export { ensureLogins, LOGINS } from "./logins/logins.ts";
export { migrate, pendingMigrations } from "./migrate.ts";
