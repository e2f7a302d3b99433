/** The same options where nothing is said for those that are left away: somebody else's values hold for them. */
import { z } from 'zod';

export function withoutDefaults(schema: z.ZodObject): z.ZodObject {
  const shape = Object.entries(schema.shape).map(([name, given]) => {
    const field = given instanceof z.ZodDefault ? (given.unwrap() as z.ZodType) : (given as z.ZodType);
    return [name, field.optional()] as const;
  });
  return z.strictObject(Object.fromEntries(shape));
}
