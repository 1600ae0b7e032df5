import { execFile } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createTestFolder } from "./folder.ts";

const run = promisify(execFile);

/** PEM files of one authority and of a server that it vouches for. */
export interface Certificates {
  authority: string;
  certificate: string;
  key: string;
}

const CONFIG = `
[req]
distinguished_name = name
prompt = no
[name]
CN = pulseboard test
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
`;

/**
 * Made by openssl, which the machine has to have.
 * @param names of the server, as openssl writes them: DNS:localhost, IP:127.0.0.1
 */
export async function createCertificates(names: string): Promise<Certificates> {
  const folder = await createTestFolder();
  const at = (name: string) => join(folder, name);
  await writeFile(at("openssl.cnf"), `${CONFIG}subjectAltName = ${names}\n`);
  const openssl = (...args: string[]) => run("openssl", args, { cwd: folder });
  const key = ["-newkey", "rsa:2048", "-nodes", "-config", "openssl.cnf"];
  await openssl(
    ...["req", "-x509", "-days", "2", ...key],
    ...["-extensions", "authority", "-keyout", "ca.key", "-out", "ca.pem"],
  );
  await openssl("req", ...key, "-keyout", "server.key", "-out", "server.csr");
  await openssl(
    ...[
      "x509",
      "-req",
      "-days",
      "2",
      "-in",
      "server.csr",
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
    ],
    ...["-extfile", "openssl.cnf", "-extensions", "server", "-out", "server.pem"],
  );
  await chmod(at("server.key"), 0o600);
  return { authority: at("ca.pem"), certificate: at("server.pem"), key: at("server.key") };
}
