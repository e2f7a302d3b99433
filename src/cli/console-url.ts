/** Where an emulator's console is. */

export const consoleUrl = (endpoint: string): string => `${endpoint.replace(/\/$/, '')}/__emulator/`;
