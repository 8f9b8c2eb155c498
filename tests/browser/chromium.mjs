// Unpacks the Chromium of @sparticuz/chromium with the libraries and fonts that a bare system lacks, and says where they are.
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs24.x"; // only there, it thinks, are they lacking

const { default: chromium } = await import("@sparticuz/chromium");
const path = await chromium.executablePath();
const { LD_LIBRARY_PATH: libraries = "", FONTCONFIG_PATH: fonts = "" } = process.env;
console.log(JSON.stringify({ path, libraries, fonts }));
