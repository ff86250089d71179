// Makes one call, and prints its answer or its error as JSON.
//
//     node call.mjs OPERATION '{"serviceName": "shop"}'
import * as lightsail from "@aws-sdk/client-lightsail";

const [operation, input] = process.argv.slice(2);
const client = new lightsail.LightsailClient({});
try {
  const { $metadata, ...answer } = await client.send(
    new lightsail[`${operation}Command`](JSON.parse(input)),
  );
  console.log(JSON.stringify({ answer, attempts: $metadata.attempts }));
} catch (error) {
  const { name, message, $fault, $metadata, code, tip } = error;
  console.log(
    JSON.stringify({
      error: name,
      message,
      fault: $fault,
      status: $metadata?.httpStatusCode,
      attempts: $metadata?.attempts,
      code,
      tip,
      modelled: error instanceof lightsail.LightsailServiceException,
    }),
  );
}
