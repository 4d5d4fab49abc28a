# Makes the signed digests of this folder with tools that share no code with the program: openssl, coreutils, gzip.
# Run it in an empty folder; the private key is removed at the end.
set -e
openssl genrsa -out key.pem 2048 2>/dev/null
openssl rsa -in key.pem -RSAPublicKey_out -outform DER -out pkcs1.der 2>/dev/null
openssl rsa -in key.pem -pubout -outform DER -out x509.der 2>/dev/null
P=$(md5sum < pkcs1.der | cut -c1-32); X=$(md5sum < x509.der | cut -c1-32)
BASE=AWSLogs/111122223333
D=$BASE/CloudTrail-Digest/us-east-1/2026/11/29/111122223333_CloudTrail-Digest_us-east-1_main_us-east-1_20261129T
K1=${D}013015Z.json.gz; K2=${D}023015Z.json.gz
L=$BASE/CloudTrail/us-east-1/2026/11/29/111122223333_CloudTrail_us-east-1_20261129T0135Z_Mu0KsOhtH1ar15ZZ.json.gz
printf '{"Records":[]}' > log.json; H=$(sha256sum < log.json | cut -c1-64); gzip -n9 < log.json > log.json.gz
digest() { # start end key fingerprint bucket prevkey prevhash prevalg prevsig logs
printf '{"awsAccountId":"111122223333","digestStartTime":"%s","digestEndTime":"%s","digestS3Bucket":"example-trail","digestS3Object":"%s","digestPublicKeyFingerprint":"%s","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":null,"oldestEventTime":null,"previousDigestS3Bucket":%s,"previousDigestS3Object":%s,"previousDigestHashValue":%s,"previousDigestHashAlgorithm":%s,"previousDigestSignature":%s,"logFiles":[%s]}' "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" "$9" "${10}"; }
sign() { printf '%s\nexample-trail/%s\n%s\n%s' "$1" "$2" "$(sha256sum < $3 | cut -c1-64)" "$4" | openssl dgst -sha256 -sign key.pem | od -An -v -tx1 | tr -d ' \n'; }
digest 2026-11-29T00:30:15Z 2026-11-29T01:30:15Z $K1 $P null null null null null '' > first.json
S1=$(sign 2026-11-29T01:30:15Z $K1 first.json null)
digest 2026-11-29T01:30:15Z 2026-11-29T02:30:15Z $K2 $X '"example-trail"' "\"$K1\"" "\"$(sha256sum < first.json | cut -c1-64)\"" '"SHA-256"' "\"$S1\"" "{\"s3Bucket\":\"example-trail\",\"s3Object\":\"$L\",\"hashValue\":\"$H\",\"hashAlgorithm\":\"SHA-256\",\"newestEventTime\":\"2026-11-29T01:31:00Z\",\"oldestEventTime\":\"2026-11-29T01:31:00Z\"}" > second.json
S2=$(sign 2026-11-29T02:30:15Z $K2 second.json $S1)
for f in first second; do gzip -n9 < $f.json > $f.json.gz; done
printf '{"key":"%s","metadata":{"signature":"%s","signature-algorithm":"SHA256withRSA"}}\n' $K1 $S1 $K2 $S2 > object-metadata.jsonl
printf '{"us-east-1":{"PublicKeyList":[{"Value":"%s","ValidityStartTime":1795910400.0,"ValidityEndTime":1798502400.0,"Fingerprint":"%s"},{"Value":"%s","ValidityStartTime":"2026-11-29T00:00:00Z","ValidityEndTime":"2026-12-29T00:00:00Z","Fingerprint":"%s"}]}}\n' "$(base64 -w0 pkcs1.der)" $P "$(base64 -w0 x509.der)" $X > public-keys.json
rm key.pem
