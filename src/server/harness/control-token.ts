/** The token of the control API as an option, which server and command say alike. */
import { z } from 'zod';

export const controlTokenField = z
  .string()
  .regex(/^[\w.~+/=-]{8,}$/, 'Must be 8 or more letters, digits and . _ ~ + / = -')
  .optional()
  .describe('Token that /__emulator wants; beyond loopback one is made and printed unless it is given.');
